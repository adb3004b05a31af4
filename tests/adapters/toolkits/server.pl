# 一家厂商的服务，用 SOAP::Lite，rpc/encoded，不给返回值起名。A vendor's service by SOAP::Lite; its return value has no name. Prints its port.
use strict; use warnings; use utf8;
use SOAP::Transport::HTTP;

package Approval;
sub invoke {
    my ($class, $xml) = @_;
    die SOAP::Fault->faultcode('Client')->faultstring('缺少材料') unless $xml =~ /CL/;
    return SOAP::Data->type(string => "<RESULT><CODE>1</CODE><MSG>" . ($xml =~ m{<A>(.*)</A>})[0] . "</MSG></RESULT>");
}

package main;
my $daemon = SOAP::Transport::HTTP::Daemon->new(LocalAddr => '127.0.0.1', LocalPort => 0, ReuseAddr => 1)
    ->dispatch_to('Approval')->on_dispatch(sub { ('Approval', 'invoke') });
$| = 1;
print $daemon->sockport, "\n";
$daemon->handle;
