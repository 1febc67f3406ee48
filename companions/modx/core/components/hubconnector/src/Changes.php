<?php

namespace HubConnector;

/**
 * What has changed in this request, one entry per object: a check-out's create and status events become one.
 */
final class Changes
{
    /** Of two events of one object the earlier in this list wins. */
    private const STRENGTH = [
        'order.removed', 'order.created', 'order.updated', 'order.status',
        'product.removed', 'product.saved', 'customer.saved', 'lead.created',
    ];

    /** @var array<string, array> "order 15" => {event, entity, id, cause, data, at} */
    private $noted = [];

    /** @var array<int, string> order id => change_id of the command that is being carried out */
    private $causes = [];

    /** @var callable(): float */
    private $clock;

    public function __construct(callable $clock)
    {
        $this->clock = $clock;
    }

    /**
     * @param int|string $id
     * @param array<string, mixed> $data what cannot be read later: a lead, the number of a removed order
     */
    public function note(string $event, $id, array $data = []): void
    {
        $entity = substr($event, 0, (int) strpos($event, '.'));
        $key = "$entity $id";
        $cause = $entity === 'order' && isset($this->causes[(int) $id]) ? $this->causes[(int) $id] : null;
        if (isset($this->noted[$key])) {
            $before = $this->noted[$key];
            $isWeaker = array_search($before['event'], self::STRENGTH) < array_search($event, self::STRENGTH);
            // The newest of both facts counts, but a later save undoes no removal, and an update is still a creation.
            $event = $isWeaker ? $before['event'] : $event;
            $data = $data ?: $before['data'];
            $cause = $cause ?: $before['cause'];
        }
        $this->noted[$key] = [
            'event' => $event, 'entity' => $entity, 'id' => $id, 'cause' => $cause, 'data' => $data,
            'at' => call_user_func($this->clock),
        ];
    }

    /** While a command of the hub changes this order, its events bear the command's change_id. */
    public function because(int $orderId, string $changeId): void
    {
        $this->causes[$orderId] = $changeId;
    }

    public function isEmpty(): bool
    {
        return $this->noted === [];
    }

    /**
     * Everything noted, and nothing is noted any more.
     *
     * @return array[]
     */
    public function take(): array
    {
        $noted = array_values($this->noted);
        $this->noted = [];
        return $noted;
    }
}
