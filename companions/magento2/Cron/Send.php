<?php

declare(strict_types=1);

namespace Hub\Connector\Cron;

use Hub\Connector\Model\Clock;
use Hub\Connector\Model\Outbox;
use Hub\Connector\Model\Sender;

/**
 * Every minute: the safety net, and for most shops the way.
 */
class Send
{
    private const KEEP_SENT = 14 * 86400;

    public function __construct(
        private readonly Sender $sender,
        private readonly Outbox $outbox,
        private readonly Clock $clock
    ) {
    }

    public function execute(): void
    {
        $this->sender->send();
        $this->outbox->forgetSentBefore($this->clock->now() - self::KEEP_SENT);
    }
}
