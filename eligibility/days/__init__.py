"""Days: office days, birthdays, eras, and how many days a change takes to be seen."""
