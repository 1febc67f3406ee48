<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

/**
 * Where the events of one store view go.
 */
class Target
{
    /**
     * @param string[] $secrets the newest first
     */
    public function __construct(
        public readonly string $url,
        public readonly array $secrets
    ) {
    }
}
