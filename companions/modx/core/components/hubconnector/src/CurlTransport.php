<?php

namespace HubConnector;

final class CurlTransport implements Transport
{
    /** @var bool */
    private $allowsHttp;

    public function __construct(bool $allowsHttp)
    {
        $this->allowsHttp = $allowsHttp;
    }

    public function post(string $url, array $headers, string $body, float $timeoutSeconds): Answer
    {
        if (!function_exists('curl_init')) {
            return new Answer(0, 0, 'the PHP extension curl is missing');
        }
        $retryAfter = 0;
        $lines = ['Content-Type: application/json', 'Expect:', 'User-Agent: hubconnector/' . Version::PLUGIN];
        foreach ($headers as $name => $value) {
            $lines[] = "$name: $value";
        }
        $milliseconds = max(100, (int) ($timeoutSeconds * 1000));
        $curl = curl_init($url);
        curl_setopt_array($curl, [
            CURLOPT_POST => true,
            CURLOPT_POSTFIELDS => $body,
            CURLOPT_HTTPHEADER => $lines,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_PROTOCOLS => $this->allowsHttp ? CURLPROTO_HTTPS | CURLPROTO_HTTP : CURLPROTO_HTTPS,
            CURLOPT_NOSIGNAL => true,
            CURLOPT_CONNECTTIMEOUT_MS => $milliseconds,
            CURLOPT_TIMEOUT_MS => $milliseconds,
            CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$retryAfter): int {
                if (preg_match('/\Aretry-after:\s*(\d{1,6})\s*\z/i', $line, $match)) {
                    $retryAfter = (int) $match[1];
                }
                return strlen($line);
            },
        ]);
        $answered = curl_exec($curl) !== false;
        $status = $answered ? (int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE) : 0;
        $error = $answered ? '' : (string) curl_strerror(curl_errno($curl));
        curl_close($curl);
        return new Answer($status, $retryAfter, $error);
    }
}
