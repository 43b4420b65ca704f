# The value that a share of all values does not exceed, by service.
def at(share): .[(length * share | ceil) - 1];
[inputs | [.service, .duration_ms]] | group_by(.[0])[]
  | (.[0][0]) as $service | map(.[1]) | sort
  | "\($service) \(at(0.5)) \(at(0.95)) \(at(0.99))"
