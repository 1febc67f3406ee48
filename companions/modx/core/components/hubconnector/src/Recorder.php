<?php

namespace HubConnector;

/**
 * Turns what has changed into outbox rows, with the newest state of every object.
 */
final class Recorder
{
    private const BATCH = 50;

    /** @var ShopAdapter */
    private $shop;

    /** @var Outbox */
    private $outbox;

    /** @var Settings */
    private $settings;

    /** @var callable(): float */
    private $clock;

    public function __construct(ShopAdapter $shop, Outbox $outbox, Settings $settings, callable $clock)
    {
        $this->shop = $shop;
        $this->outbox = $outbox;
        $this->settings = $settings;
        $this->clock = $clock;
    }

    /** How many rows were written. Objects that are gone, drafts, and the shop's own staff write none. */
    public function record(Changes $changes): int
    {
        $written = 0;
        $wanted = array_filter($changes->take(), function (array $change): bool {
            return $this->settings->wants($change['event']);
        });
        $byEntity = [];
        foreach ($wanted as $change) {
            $byEntity[$change['entity']][] = $change;
        }
        foreach ($byEntity as $entity => $group) {
            foreach (array_chunk($group, self::BATCH) as $batch) {
                $written += $this->recordBatch($entity, $batch);
            }
        }
        return $written;
    }

    private function recordBatch(string $entity, array $batch): int
    {
        $written = 0;
        $states = $this->states($entity, $batch);
        foreach ($batch as $change) {
            if ($change['event'] === 'lead.created') {
                $state = $change['data'];
            } elseif (substr($change['event'], -8) === '.removed') {
                $state = ['id' => $change['id']] + $change['data'];
            } else {
                $state = isset($states[$change['id']]) ? $states[$change['id']] : null;
            }
            if ($state !== null) {
                $this->outbox->add($change, [$entity => $state], $this->context($state));
                $written++;
            }
        }
        return $written;
    }

    /** @return array<int, array> by id */
    private function states(string $entity, array $batch): array
    {
        $ids = [];
        foreach ($batch as $change) {
            if (substr($change['event'], -8) !== '.removed') {
                $ids[] = $change['id'];
            }
        }
        $states = [];
        $clock = call_user_func($this->clock);
        if ($ids === [] || $entity === 'lead') {
            return [];
        }
        if ($entity === 'order') {
            foreach ($batch as $change) {
                $this->outbox->touch((int) $change['id'], $change['at']);
            }
            foreach ($this->shop->orders($ids) as $parts) {
                $states[(int) $parts['order']['id']] = OrderPayload::build($parts, $this->settings, $clock);
            }
        } elseif ($entity === 'customer') {
            foreach ($this->shop->customers($ids) as $row) {
                $states[(int) $row['id']] = CustomerPayload::build($row, $this->settings, $clock);
            }
        } elseif ($entity === 'product') {
            foreach ($this->shop->products($ids) as $row) {
                $states[(int) $row['id']] = ProductPayload::build($row, $this->settings, $clock);
            }
        }
        return $states;
    }

    private function context(array $state): string
    {
        return isset($state['context']) ? $state['context'] : 'web';
    }
}
