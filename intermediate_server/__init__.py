"""医療保険者等向け中間サーバー: insurers' procedures, and the sync worker that carries them to OQS.

An insurer's procedure is recorded at once, and becomes visible to clinics only when the
insurer's lag has passed. The service records; the worker, a process of its own, delivers what
has fallen due. Both work on one database.

What may go wrong here, beside `wire.catalogue.Problem`, which tells a caller::

    Problem
    └── InsuredNumberTaken   another person has the 記号・番号・枝番
    ReadTimeout
    └── Overdue              a part that is asked has not answered yet
    Exception
    ├── FaultyFields         some fields cannot be read, or do not fit the kind of procedure
    ├── SenderGone           the sender of a file went away before its end
    ├── TicketKnown          the same of a discrepancy ticket
    ├── KnownBefore          a procedure was recorded before, by its 整理番号
    ├── LedgerWentBack       the system went back to its seed while a batch was under way
    ├── PartsRefused         some procedures of several were refused, so none was recorded
    ├── DeliveryFailed       OQS did not take a batch; it is delivered again
    │   ├── DeliveryRefused  OQS answers and refuses this batch; others may be in order
    │   ├── DeliveryPaused   something is due, and a person has paused the delivery
    │   └── OqsBusy          OQS asks to be given time
    └── ValueError
        └── Unreadable       one field cannot be read

The storeys, from the top: the applications (`app`, `worker`), what they answer (`api`, `web`), what
brings several works together (`acceptance`, `document_issuance`, `filing`), the delivery (`sync`,
`oqs_client`), what is kept (`store`), what a counter sees (`counter`), and what is decided
(`documents`, `procedures`).
"""
