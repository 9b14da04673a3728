//! What a server says about itself: log lines, metrics and traces, without a prompt, a key or an address in them.
