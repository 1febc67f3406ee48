<?php

namespace HubConnectorTests;

use HubConnector\Answer;
use HubConnector\Transport;

/**
 * Answers as told and remembers what was sent.
 */
final class FakeHub implements Transport
{
    /** @var array[] {url, headers, body, timeout} */
    public $calls = [];

    /** @var Answer[] one per call; then 202 */
    public $answers = [];

    /** @var callable|null called in the middle of a call */
    public $meanwhile;

    public function post(string $url, array $headers, string $body, float $timeoutSeconds): Answer
    {
        $this->calls[] = compact('url', 'headers', 'body') + ['timeout' => $timeoutSeconds];
        if ($this->meanwhile) {
            call_user_func($this->meanwhile);
        }
        return $this->answers ? array_shift($this->answers) : new Answer(202);
    }

    public function lastBody(): array
    {
        return json_decode(end($this->calls)['body'], true);
    }
}
