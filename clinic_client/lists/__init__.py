"""The desk's lists: visits that are looked for, a day summed up, the claims at a month's end."""
