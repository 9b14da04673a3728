//! Who may use a server: users in a file, sessions, cookies, throttled sign-in, and names that a reverse proxy vouches for.
