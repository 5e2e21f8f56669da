"""代役のカード: any card on a real reader, for which a persona's virtual card answers."""
