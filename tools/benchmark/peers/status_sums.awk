# Requests and bytes by status. Requests of the log have no spaces in them beyond the usual two.
{ hits[$9]++; bytes[$9] += $10 }
END { for (s in hits) printf "%s %d %.0f\n", s, hits[s], bytes[s] }
