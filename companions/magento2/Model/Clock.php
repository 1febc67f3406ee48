<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

class Clock
{
    public function now(): int
    {
        return time();
    }
}
