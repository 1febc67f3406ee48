<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

use Magento\Framework\HTTP\Client\CurlFactory;
use Throwable;

class CurlTransport implements TransportInterface
{
    private const CONNECT_SECONDS = 3;
    private const TOTAL_SECONDS = 10;

    public function __construct(private readonly CurlFactory $curlFactory)
    {
    }

    /**
     * @inheritDoc
     */
    public function post(string $url, array $headers, string $body): Answer
    {
        try {
            $curl = $this->curlFactory->create();
            $curl->setTimeout(self::TOTAL_SECONDS);
            $curl->setOption(CURLOPT_CONNECTTIMEOUT, self::CONNECT_SECONDS);
            $curl->setOption(CURLOPT_FOLLOWLOCATION, false);
            $curl->setHeaders($headers + ['Content-Type' => 'application/json', 'Expect' => '']);
            $curl->post($url, $body);
            $answered = array_change_key_case($curl->getHeaders());
            $retryAfter = $answered['retry-after'] ?? '';
            return new Answer((int)$curl->getStatus(), is_numeric($retryAfter) ? (int)$retryAfter : 0);
        } catch (Throwable $fault) {
            return new Answer(0, 0, $fault->getMessage());
        }
    }
}
