"""Where rows are told: each sink has one file and one entry in the table of `naming`."""
