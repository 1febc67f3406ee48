<?php

namespace HubConnector;

/**
 * Where outbox rows live. Times are Unix seconds. A row: {id, uid, event, entity, entity_id, cause, payload (JSON),
 * created, give_up_at, tries, last_try, next_try, claimed_until, last_error, state}.
 */
interface OutboxStorage
{
    public const PENDING = 0;
    public const SENT = 1;
    public const GIVEN_UP = 2;

    /** @param array<string, mixed> $row without id */
    public function insert(array $row): int;

    /** @return array[] rows of this object that wait and that nobody is sending */
    public function waiting(string $entity, string $entityId, int $now): array;

    /** @param int[] $ids */
    public function remove(array $ids): void;

    /** @return array[] what may be sent now, oldest first, without the payload */
    public function due(int $now, int $limit): array;

    /** The whole row, when it is still to be sent and now ours until then; null when another process was faster. */
    public function claim(int $id, int $now, int $until): ?array;

    public function markSent(int $id, int $now): void;

    public function markFailed(int $id, int $tries, int $now, int $nextTry, string $error, bool $isGivenUp): void;

    /**
     * Makes rows due at once, those that were given up too.
     *
     * @param string[]|null $uids null: all
     */
    public function requeue(?array $uids, int $now, int $giveUpAt): int;

    /** @return array{pending: int, oldest: int|null, failed: int, last_failure: int|null} */
    public function counts(): array;

    /** @return array[] newest rows that had an error, without the payload */
    public function troubled(int $limit): array;

    /** Notes when an order has changed; the newest time stays. */
    public function touch(int $orderId, int $milliseconds): void;

    /** Forgets rows that were sent before then. */
    public function purge(int $before): void;
}
