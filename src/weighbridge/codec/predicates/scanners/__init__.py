"""What scanners of vulnerabilities print, each by its own reader: Trivy, Grype, pip-audit."""
