<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

/**
 * What the hub answered. Status 0: nothing at all.
 */
class Answer
{
    private const HINTS = [
        401 => 'the hub refuses the signature: compare the secret and the clock',
        404 => 'the hub does not know this address: copy it again',
        410 => 'the connection was removed from the hub',
    ];

    public function __construct(
        public readonly int $status,
        public readonly int $retryAfter = 0,
        public readonly string $error = ''
    ) {
    }

    public function isStored(): bool
    {
        return $this->status >= 200 && $this->status < 300;
    }

    public function isGone(): bool
    {
        return $this->status === 410;
    }

    /** The hub is away or busy: other events would fare no better. */
    public function isAway(): bool
    {
        return $this->status === 0 || $this->status === 429 || $this->status >= 500;
    }

    /** For staff; empty when all is well. Never holds what was sent. */
    public function words(): string
    {
        if ($this->isStored()) {
            return '';
        }
        if ($this->status === 0) {
            return 'no answer: ' . $this->error;
        }
        $hint = self::HINTS[$this->status] ?? '';
        return 'HTTP ' . $this->status . ($hint === '' ? '' : ": $hint");
    }
}
