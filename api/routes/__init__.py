"""The addresses under /api/v1, a file per subject, and the two that tell whether the process is well."""
