<?php

namespace HubConnector;

interface Transport
{
    /**
     * One POST, no redirects. Never throws.
     *
     * @param array<string, string> $headers
     */
    public function post(string $url, array $headers, string $body, float $timeoutSeconds): Answer;
}
