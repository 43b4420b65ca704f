# To be read by the scripts of these cases: makes ca.crt, other.crt (a CA that signs nothing) and,
# with `issue NAME NAMES`, NAME.pem, a certificate that the CA signed, with its key.
authority() { new "$1" -addext basicConstraints=critical,CA:TRUE; }
new() {
  name=$1
  shift
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config request.cnf \
    -keyout "$name.key" -out "$name.crt" -subj "/CN=$name" -days 2 "$@" 2>openssl.log ||
    cat openssl.log
  cat "$name.crt" "$name.key" >"$name.pem"
}
issue() { new "$1" -CA ca.crt -CAkey ca.key -addext "subjectAltName=$2"; }
# The same for one that ended yesterday.
issue_expired() {
  issue "$1" "$2"
  openssl req -new -config request.cnf -key "$1.key" -subj "/CN=$1" -out "$1.csr"
  echo "subjectAltName=$2" >names.cnf
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -extfile names.cnf \
    -days -1 -out "$1.crt" 2>openssl.log || cat openssl.log
  cat "$1.crt" "$1.key" >"$1.pem"
}
# Waits for `listening address=` in a log: the port.
port() {
  until grep -q listening "$1" 2>openssl.log; do sleep 0.02; done
  sed -n 's/.*listening.*address=[^ ]*:\([0-9]*\).*/\1/p' "$1"
}
printf '[req]\ndistinguished_name=dn\n[dn]\n' >request.cnf
authority ca
authority other
