module loadcurve/e2e/traffic

go 1.22
