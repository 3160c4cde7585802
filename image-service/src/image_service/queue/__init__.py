"""The work queue in Redis: messages, leases, retries."""
