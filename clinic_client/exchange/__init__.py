"""The folder exchange (連携アプリケーション): ``req``, ``res`` and ``face`` under one root."""
