"""Every error of the program by its code, a module a family; `report.codes` has them all."""
