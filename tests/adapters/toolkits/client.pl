# 一家厂商的客户端，用 SOAP::Lite，不读 WSDL。A vendor's client by SOAP::Lite, without any WSDL. Arguments: address, a text.
use strict; use warnings; use utf8; use Encode;
use SOAP::Lite;
binmode STDOUT, ':utf8';
my ($address, $text) = map { decode('UTF-8', $_) } @ARGV;
my $client = SOAP::Lite->uri('http://DefaultNamespace')->proxy($address);
$client->transport->default_header('X-Guantong-Key' => 'agreed-key');
for my $turn (1, 2) {
    my $answer = $client->call('invoke', SOAP::Data->name('xml')->type(string => "<ROOT><A>$text</A></ROOT>"));
    print $answer->fault ? $answer->faultcode . ' ' . $answer->faultstring : $answer->result, "\n";
}
