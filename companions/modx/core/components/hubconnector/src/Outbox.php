<?php

namespace HubConnector;

/**
 * Events on their way to the hub: written at once, sent until the hub has stored them.
 */
final class Outbox
{
    private const GIVE_UP_AFTER = 3 * 86400;
    private const KEEP_SENT = 7 * 86400;
    private const MAX_WAIT = 3600;

    /** Longer than any single try takes; a process that died frees its row after it. */
    private const CLAIM = 120;

    /** After a failure the pages of the shop do not try for that long: the hub may be away. */
    private const INLINE_PAUSE = 60;

    /** @var OutboxStorage */
    private $storage;

    /** @var Transport */
    private $transport;

    /** @var Signer */
    private $signer;

    /** @var Settings */
    private $settings;

    /** @var array<string, string> engine and engine_version */
    private $about;

    /** @var callable(): float */
    private $clock;

    public function __construct(
        OutboxStorage $storage,
        Transport $transport,
        Signer $signer,
        Settings $settings,
        array $about,
        callable $clock
    ) {
        $this->storage = $storage;
        $this->transport = $transport;
        $this->signer = $signer;
        $this->settings = $settings;
        $this->about = $about;
        $this->clock = $clock;
    }

    /**
     * Writes one event; rows of the same object that still wait are replaced, since this one holds all they said.
     *
     * @param array<string, mixed> $change one of Changes::take()
     * @param array<string, mixed> $state the entity under its name
     */
    public function add(array $change, array $state, string $context = 'web'): void
    {
        $now = (int) $this->now();
        $entity = (string) $change['entity'];
        $waiting = $entity === 'ping' ? [] : $this->storage->waiting($entity, (string) $change['id'], $now);
        foreach ($waiting as $row) {
            if ($row['event'] === 'order.created' && $change['event'] !== 'order.removed') {
                $change['event'] = 'order.created';
            }
            // Two reasons in one event: neither alone explains it.
            if ((string) $row['cause'] !== (string) $change['cause']) {
                $change['cause'] = null;
            }
        }
        $body = [
            'version' => Version::PROTOCOL,
            'event' => $change['event'],
            'occurred_at' => Format::moment($change['at']),
            'shop' => $this->shop($context),
            'cause' => $change['cause'],
        ] + $state;
        $this->storage->insert([
            'uid' => Format::uuid(), 'event' => $change['event'], 'entity' => $entity,
            'entity_id' => (string) $change['id'], 'cause' => $change['cause'], 'payload' => Format::asciiJson($body),
            'created' => $now, 'give_up_at' => $now + self::GIVE_UP_AFTER, 'tries' => 0, 'next_try' => $now,
            'state' => OutboxStorage::PENDING,
        ]);
        // Only now: a crash in between leaves both, and the hub puts them in order by their times.
        $this->storage->remove(array_column($waiting, 'id'));
    }

    /** Before an order's state is read: its `updated_at` must not be older than the change. */
    public function touch(int $orderId, float $moment): void
    {
        $this->storage->touch($orderId, (int) round($moment * 1000));
    }

    /** A few rows at the end of a page: one try, never longer than two seconds, none while the hub is away. */
    public function flushInline(): int
    {
        $counts = $this->storage->counts();
        if ($counts['last_failure'] !== null && $counts['last_failure'] > $this->now() - self::INLINE_PAUSE) {
            return 0;
        }
        return $this->flush(2.0, 2.0, 10);
    }

    /**
     * Sends what is due, oldest first, until the time is up or the hub is away. Safe to run many times at once.
     *
     * @return int how many the hub has stored
     */
    public function flush(float $seconds, float $secondsPerTry, int $limit): int
    {
        if ($this->settings->fault() !== '') {
            return 0;
        }
        $end = $this->now() + $seconds;
        $sent = 0;
        foreach ($this->storage->due((int) $this->now(), $limit) as $row) {
            $left = $end - $this->now();
            if ($left < 0.2) {
                break;
            }
            $answer = $this->trySending((int) $row['id'], min($left, $secondsPerTry));
            if ($answer !== null && $answer->isStored()) {
                $sent++;
            }
            if ($answer !== null && $answer->isAway()) {
                break;
            }
        }
        $this->storage->purge((int) $this->now() - self::KEEP_SENT);
        return $sent;
    }

    /** Tells the hub "ping" at once and says how it went: empty, or what is wrong. */
    public function ping(float $secondsPerTry): string
    {
        $body = Format::json([
            'version' => Version::PROTOCOL,
            'event' => 'ping',
            'occurred_at' => Format::moment($this->now()),
            'shop' => $this->shop('web'),
            'cause' => null,
        ]);
        $headers = $this->signer->headers(Format::uuid(), (int) $this->now(), $body);
        $answer = $this->transport->post($this->settings->hubUrl, $headers, $body, $secondsPerTry);
        return $answer->isStored() ? '' : $answer->words();
    }

    /** @param string[]|null $uids null: all that wait or were given up */
    public function retry(?array $uids): int
    {
        return $this->storage->requeue($uids, (int) $this->now(), (int) $this->now() + self::GIVE_UP_AFTER);
    }

    /** @return array{pending: int, oldest: string|null, failed: int} */
    public function status(): array
    {
        $counts = $this->storage->counts();
        return [
            'pending' => $counts['pending'],
            'oldest' => Format::time($counts['oldest']),
            'failed' => $counts['failed'],
        ];
    }

    private function trySending(int $id, float $seconds): ?Answer
    {
        $now = (int) $this->now();
        $row = $this->storage->claim($id, $now, $now + self::CLAIM);
        if ($row === null) {
            return null;
        }
        $headers = $this->signer->headers($row['uid'], $now, $row['payload']);
        $answer = $this->transport->post($this->settings->hubUrl, $headers, $row['payload'], $seconds);
        $now = (int) $this->now();
        if ($answer->isStored()) {
            $this->storage->markSent($id, $now);
            return $answer;
        }
        $tries = (int) $row['tries'] + 1;
        $wait = max(self::wait($tries), min($answer->retryAfter, self::MAX_WAIT));
        $isGivenUp = $now >= (int) $row['give_up_at'];
        $this->storage->markFailed($id, $tries, $now, $now + $wait, $answer->words(), $isGivenUp);
        return $answer;
    }

    /** Seconds after that many tries: 1, 2, 4 ... 60 minutes. */
    public static function wait(int $tries): int
    {
        return (int) min(self::MAX_WAIT, 60 * 2 ** min($tries - 1, 10));
    }

    private function shop(string $context): array
    {
        return [
            'engine' => $this->about['engine'],
            'engine_version' => $this->about['engine_version'],
            'plugin' => Version::PLUGIN,
            'url' => $this->settings->shopUrl,
            'context' => $context,
        ];
    }

    private function now(): float
    {
        return call_user_func($this->clock);
    }
}
