{time, service, duration_ms, message}
