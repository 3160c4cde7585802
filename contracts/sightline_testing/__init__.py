"""What the tests of all services share: stores, pacts, schemas, stub vendors. No service imports it."""
