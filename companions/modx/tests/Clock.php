<?php

namespace HubConnectorTests;

/**
 * A clock that stands still until it is moved. 1768471200 is 2026-01-15 13:00:00 in Moscow.
 */
final class Clock
{
    /** @var float */
    public $now = 1768471200.25;

    public function __invoke(): float
    {
        return $this->now;
    }

    public function wait(float $seconds): void
    {
        $this->now += $seconds;
    }
}
