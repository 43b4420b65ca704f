# Distinct client addresses by hour: the array holds each pair once.
{
  hour = substr($4, 2, 14)
  if (!((hour, $1) in seen)) {
    seen[hour, $1]
    clients[hour]++
  }
}
# All days of the log are in one month.
END { for (h in clients) print "2025-03-" substr(h, 1, 2) "T" substr(h, 13) ":00:00Z", clients[h] }
