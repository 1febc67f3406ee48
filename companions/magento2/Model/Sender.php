<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

use InvalidArgumentException;
use Magento\Framework\DataObject\IdentityGeneratorInterface;
use Magento\Framework\Lock\LockManagerInterface;

/**
 * Sends what waits in the outbox. One at a time: cron, the consumer and the console may all want to.
 */
class Sender
{
    private const LOCK = 'hub_connector_send';
    private const BATCH = 50;
    private const MAX_ATTEMPTS = 12;
    private const MAX_WAIT = 6 * 3600;

    /** Seconds that an event waits without a try while its hub is away. */
    private const PAUSE = 120;

    public function __construct(
        private readonly Outbox $outbox,
        private readonly Config $config,
        private readonly Message $message,
        private readonly Signer $signer,
        private readonly TransportInterface $transport,
        private readonly LockManagerInterface $lock,
        private readonly Clock $clock,
        private readonly IdentityGeneratorInterface $identity
    ) {
    }

    /**
     * Until nothing is due, the hub is away, or the time is up.
     *
     * @return int how many events the hub has stored
     */
    public function send(int $seconds = 50): int
    {
        if (!$this->lock->lock(self::LOCK, 0)) {
            return 0;
        }
        try {
            return $this->sendAll($this->clock->now() + $seconds);
        } finally {
            $this->lock->unlock(self::LOCK);
        }
    }

    /** A ping at once. Empty, or what is wrong. */
    public function test(int $storeId): string
    {
        $target = $this->config->target($storeId);
        if ($target === null) {
            return 'Switch it on, enter the hook address (https://) and the secret, and save.';
        }
        return $this->post($target, [
            'uid' => $this->identity->generateId(), 'event' => 'ping', 'entity_type' => 'ping', 'entity_id' => 0,
            'increment_id' => '', 'order_id' => 0, 'store_id' => $storeId, 'created_at' => $this->clock->now(),
        ])->words();
    }

    private function sendAll(int $end): int
    {
        $sent = 0;
        $away = [];
        $gone = [];
        do {
            $groups = $this->outbox->due($this->clock->now(), self::BATCH);
            foreach ($groups as $group) {
                if ($this->clock->now() >= $end) {
                    return $sent;
                }
                $target = $this->config->target((int)$group['store_id']);
                if ($target !== null && isset($gone[$target->url])) {
                    $attempts = (int)$group['attempts'];
                    $this->outbox->markDead($group['ids'], $attempts, $gone[$target->url], $this->clock->now());
                    continue;
                }
                $reason = $target === null ? 'switched off, or not set up' : ($away[$target->url] ?? '');
                if ($target === null || $reason !== '') {
                    // Out of the way, or it would hide what is due for another hub.
                    $nextAttemptAt = $this->clock->now() + self::PAUSE;
                    $this->outbox->putOff($group['ids'], (int)$group['attempts'], $reason, $nextAttemptAt);
                    continue;
                }
                $answer = $this->post($target, $group);
                $this->settle($group, $answer);
                $sent += (int)$answer->isStored();
                if ($answer->isAway()) {
                    $away[$target->url] = $answer->words();
                } elseif ($answer->isGone()) {
                    $gone[$target->url] = $answer->words();
                }
            }
        } while ($groups !== []);
        return $sent;
    }

    private function settle(array $group, Answer $answer): void
    {
        $now = $this->clock->now();
        $attempts = (int)$group['attempts'] + 1;
        if ($answer->isStored()) {
            $this->outbox->markSent($group['ids'], $now);
        } elseif ($answer->isGone() || $attempts >= self::MAX_ATTEMPTS) {
            $this->outbox->markDead($group['ids'], $attempts, $answer->words(), $now);
        } else {
            $wait = max(min(60 * 2 ** $attempts, self::MAX_WAIT), min($answer->retryAfter, self::MAX_WAIT));
            $this->outbox->putOff($group['ids'], $attempts, $answer->words(), $now + $wait);
        }
    }

    private function post(Target $target, array $row): Answer
    {
        $body = $this->message->body($row);
        try {
            $headers = $this->signer->headers($target->secrets, $row['uid'], $this->clock->now(), $body);
        } catch (InvalidArgumentException $malformed) {
            return new Answer(0, 0, $malformed->getMessage());
        }
        return $this->transport->post($target->url, $headers, $body);
    }
}
