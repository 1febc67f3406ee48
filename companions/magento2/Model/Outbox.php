<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

use Magento\Framework\App\ResourceConnection;
use Magento\Framework\DB\Adapter\AdapterInterface;

/**
 * The table hub_outbox.
 *
 * Every fact is a row of its own, a plain INSERT. What belongs to one object is put together when it is sent, and only
 * rows that could be read before the call count as told by it: the hub fetches the object after the call, so it sees
 * every change whose row was committed by then, and a row that is committed later is sent later.
 */
class Outbox
{
    public const STATUS_NEW = 0;
    public const STATUS_SENT = 1;
    public const STATUS_DEAD = 2;

    private const TABLE = 'hub_outbox';

    /** Of several events of one object the first of these is told. */
    private const STRENGTH = ['order.placed', 'order.canceled', 'order.updated'];

    public function __construct(private readonly ResourceConnection $resource)
    {
    }

    /** Inside the caller's transaction, on its connection. */
    public function add(Fact $fact, int $storeId, string $uid, int $now): void
    {
        $this->db()->insert($this->table(), [
            'uid' => $uid,
            'event' => $fact->event,
            'entity_type' => $fact->entityType,
            'entity_id' => $fact->entityId,
            'increment_id' => mb_substr($fact->incrementId, 0, 64),
            'order_id' => $fact->orderId,
            'store_id' => $storeId,
            'created_at' => $now,
        ]);
    }

    /**
     * What is to be sent now, oldest first: for every object its newest row, with the ids of all its rows that wait
     * (`ids`), the most tries of any of them (`attempts`) and the strongest event (`event`).
     *
     * @return array<int, array<string, mixed>>
     */
    public function due(int $now, int $limit): array
    {
        $table = $this->table();
        $due = $this->db()->fetchAll(
            "SELECT DISTINCT entity_type, entity_id, store_id FROM (SELECT entity_type, entity_id, store_id FROM $table"
            . " WHERE status = 0 AND next_attempt_at <= :now ORDER BY id LIMIT $limit) AS waiting",
            ['now' => $now]
        );
        $groups = [];
        foreach ($due as $key) {
            $rows = $this->db()->fetchAll(
                "SELECT * FROM $table WHERE entity_type = :type AND entity_id = :id AND store_id = :store"
                . ' AND status = 0 ORDER BY id',
                ['type' => $key['entity_type'], 'id' => $key['entity_id'], 'store' => $key['store_id']]
            );
            if ($rows !== []) {
                $groups[] = $this->group($rows);
            }
        }
        return $groups;
    }

    /**
     * @param int[] $ids
     */
    public function markSent(array $ids, int $now): void
    {
        $this->update($ids, ['status' => self::STATUS_SENT, 'finished_at' => $now, 'last_error' => '']);
    }

    /**
     * @param int[] $ids
     */
    public function markDead(array $ids, int $attempts, string $error, int $now): void
    {
        $this->update($ids, [
            'status' => self::STATUS_DEAD,
            'attempts' => $attempts,
            'finished_at' => $now,
            'last_error' => mb_substr($error, 0, 255),
        ]);
    }

    /**
     * @param int[] $ids
     */
    public function putOff(array $ids, int $attempts, string $error, int $nextAttemptAt): void
    {
        $this->update($ids, [
            'attempts' => $attempts,
            'next_attempt_at' => $nextAttemptAt,
            'last_error' => mb_substr($error, 0, 255),
        ]);
    }

    /**
     * @return array{new: int, sent: int, dead: int, oldest: int|null} oldest: when the oldest waiting row was written
     */
    public function counts(): array
    {
        $rows = $this->db()->fetchAll(
            'SELECT status, COUNT(*) AS number, MIN(created_at) AS oldest FROM ' . $this->table() . ' GROUP BY status'
        );
        $counts = array_column($rows, 'number', 'status');
        $oldest = array_column($rows, 'oldest', 'status');
        return [
            'new' => (int)($counts[self::STATUS_NEW] ?? 0),
            'sent' => (int)($counts[self::STATUS_SENT] ?? 0),
            'dead' => (int)($counts[self::STATUS_DEAD] ?? 0),
            'oldest' => isset($oldest[self::STATUS_NEW]) ? (int)$oldest[self::STATUS_NEW] : null,
        ];
    }

    /** Makes rows due again, whatever has become of them. */
    public function resend(?int $fromId, ?int $since, bool $isDeadOnly = false): int
    {
        $where = array_filter([
            'id >= ?' => $fromId,
            'created_at >= ?' => $since,
            'status = ?' => $isDeadOnly ? self::STATUS_DEAD : null,
        ], static fn ($value): bool => $value !== null);
        return (int)$this->db()->update(
            $this->table(),
            ['status' => self::STATUS_NEW, 'attempts' => 0, 'next_attempt_at' => 0, 'finished_at' => 0],
            $where
        );
    }

    public function forgetSentBefore(int $time): void
    {
        $this->db()->delete($this->table(), ['status = ?' => self::STATUS_SENT, 'finished_at < ?' => $time]);
    }

    /**
     * @param array<int, array<string, mixed>> $rows of one object, oldest first
     * @return array<string, mixed>
     */
    private function group(array $rows): array
    {
        $newest = end($rows);
        $events = array_column($rows, 'event');
        $strongest = array_values(array_intersect(self::STRENGTH, $events));
        return [
            'ids' => array_map('intval', array_column($rows, 'id')),
            'attempts' => max(array_map('intval', array_column($rows, 'attempts'))),
            'event' => $strongest[0] ?? $newest['event'],
        ] + $newest;
    }

    /**
     * @param int[] $ids
     * @param array<string, mixed> $values
     */
    private function update(array $ids, array $values): void
    {
        $this->db()->update($this->table(), $values, ['id IN (?)' => $ids]);
    }

    private function db(): AdapterInterface
    {
        return $this->resource->getConnection();
    }

    private function table(): string
    {
        return $this->resource->getTableName(self::TABLE);
    }
}
