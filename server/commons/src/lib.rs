//! What all replicas of a server have in common: limits, open streams and sessions, in memory or in Redis.
