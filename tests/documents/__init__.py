"""What is handed out, opened by the programs that it is made for: TeX Live and LibreOffice, which are too large for every run."""
