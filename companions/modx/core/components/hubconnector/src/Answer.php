<?php

namespace HubConnector;

/**
 * What the hub answered. Status 0: nothing at all, and `error` says why.
 */
final class Answer
{
    /** @var int */
    public $status;

    /** @var int seconds the hub wants to be left alone; 0 when it did not say */
    public $retryAfter;

    /** @var string */
    public $error;

    public function __construct(int $status, int $retryAfter = 0, string $error = '')
    {
        $this->status = $status;
        $this->retryAfter = $retryAfter;
        $this->error = $error;
    }

    public function isStored(): bool
    {
        return $this->status >= 200 && $this->status < 300;
    }

    /** The hub is away or busy: other rows would fare no better. */
    public function isAway(): bool
    {
        return $this->status === 0 || $this->status === 429 || $this->status >= 500;
    }

    /** For staff. Never holds what was sent. */
    public function words(): string
    {
        if ($this->status === 0) {
            return 'no answer: ' . $this->error;
        }
        $hints = [
            401 => 'the hub refuses the signature; compare the secret and the clock',
            404 => 'the hub does not know this address; copy it from the connection again',
            413 => 'too large for the hub',
        ];
        return 'HTTP ' . $this->status . (isset($hints[$this->status]) ? ': ' . $hints[$this->status] : '');
    }
}
