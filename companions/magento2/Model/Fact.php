<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

/**
 * That something happened to one object: ids, no names, no addresses.
 */
class Fact
{
    public function __construct(
        public readonly string $event,
        public readonly string $entityType,
        public readonly int $entityId,
        public readonly int $storeId,
        public readonly string $incrementId = '',
        public readonly int $orderId = 0
    ) {
    }
}
