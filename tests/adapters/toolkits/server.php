<?php
/* 一家厂商的服务，用 PHP 自带的 SoapServer。A vendor's service by PHP's own SoapServer: php -S 127.0.0.1:PORT server.php */

class CaseExchange
{
    public function SubmitStep($asked)
    {
        $record = $asked->record;
        if (($record->ItemCode ?? '') === 'gone') {
            throw new SoapFault('Client', '事项不存在', null, ['Code' => 17, 'Message' => '事项不存在'], 'invalid');
        }
        return ['Receipt' => ['Code' => 0, 'Message' => $record->ItemName, 'CaseNo' => $record->version . $record->Operator->Name]];
    }
}

if ($_SERVER['REQUEST_METHOD'] === 'HEAD') {
    return;
}
$server = new SoapServer('CaseExchange.wsdl', ['cache_wsdl' => WSDL_CACHE_NONE]);
$server->setClass('CaseExchange');
$server->handle();
