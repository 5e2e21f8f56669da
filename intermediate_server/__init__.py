"""医療保険者等向け中間サーバー: insurers' procedures, and the sync worker that carries them to OQS.

An insurer's procedure is recorded at once, and becomes visible to clinics only when the
insurer's lag has passed. The service records; the worker, a process of its own, delivers what
has fallen due. Both work on one database.
"""
