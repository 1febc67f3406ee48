<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

interface TransportInterface
{
    /**
     * One POST: connect within 3 s, be done within 10 s, no redirects. Never throws.
     *
     * @param array<string, string> $headers
     */
    public function post(string $url, array $headers, string $body): Answer;
}
