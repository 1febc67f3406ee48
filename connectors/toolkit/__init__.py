"""Tools that connectors share: HTTP, paging, signing, redaction, dates, and the frame of a sandbox."""
