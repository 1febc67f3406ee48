<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

use Psr\Log\LoggerInterface;
use Throwable;

/**
 * Wakes the sender. Nothing depends on it: what it misses, cron sends within a minute.
 */
class Consumer
{
    public function __construct(
        private readonly Sender $sender,
        private readonly LoggerInterface $logger
    ) {
    }

    public function process(string $message): void
    {
        try {
            $this->sender->send();
        } catch (Throwable $fault) {
            // A message that throws is never tried again, and there is nothing in it worth trying.
            $this->logger->error('Hub_Connector: sending failed: ' . get_class($fault));
        }
    }
}
