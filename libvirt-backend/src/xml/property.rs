//! The settings of a domain, each declared once with its path and kind; reading and writing come from that.
