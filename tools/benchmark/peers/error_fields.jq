select(.level == "ERROR") | {time, service, duration_ms, message}
