"""result-service, as this service calls it and follows it."""
