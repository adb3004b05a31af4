<?php
/* 一家厂商的客户端，由我方 ?wsdl 生成。A vendor's client, made from our ?wsdl. Arguments: address, user, password, a text. Prints JSON. */

[, $address, $user, $password, $text] = $argv;
$wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
$wsu = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
$digest = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest';

function token(string $user, string $password): SoapHeader
{
    global $wsse, $wsu, $digest;
    $nonce = random_bytes(16);
    $created = gmdate('Y-m-d\TH:i:s\Z');
    $hash = base64_encode(sha1($nonce . $created . $password, true));
    $xml = "<w:Security xmlns:w=\"$wsse\" xmlns:u=\"$wsu\"><w:UsernameToken><w:Username>$user</w:Username>"
        . "<w:Password Type=\"$digest\">$hash</w:Password><w:Nonce>" . base64_encode($nonce) . "</w:Nonce>"
        . "<u:Created>$created</u:Created></w:UsernameToken></w:Security>";
    return new SoapHeader($wsse, 'Security', new SoapVar($xml, XSD_ANYXML), true);
}

$heard = [];
foreach ([SOAP_1_1, SOAP_1_2] as $version) {
    $client = new SoapClient("$address?wsdl", ['cache_wsdl' => WSDL_CACHE_NONE, 'soap_version' => $version]);
    $record = ['version' => 1, 'ApplyNo' => '10000010100699301411407150001', 'ItemName' => "<设立> & $text",
        'Operator' => ['Name' => '张三'], 'StepCode' => '1', 'StepTime' => '2014-07-15T10:30:00+08:00'];
    foreach ([$password, $password, 'guessed'] as $given) {
        $client->__setSoapHeaders(token($user, $given));
        try {
            $heard[] = $client->SubmitStep(['record' => $record])->Receipt->Message;
        } catch (SoapFault $fault) {
            $detail = isset($fault->detail->InvalidCase) ? $fault->detail->InvalidCase->Code : null;
            $heard[] = [$fault->getMessage(), $detail];
        }
    }
}
echo json_encode($heard, JSON_UNESCAPED_UNICODE);
