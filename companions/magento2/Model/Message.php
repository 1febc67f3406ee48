<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

use Magento\Store\Model\StoreManagerInterface;
use Throwable;

/**
 * The body of an event: PROTOCOL.md. Ids only; the hub fetches the rest by the shop's REST API.
 */
class Message
{
    public function __construct(private readonly StoreManagerInterface $storeManager)
    {
    }

    /**
     * @param array<string, mixed> $row of the outbox
     */
    public function body(array $row): string
    {
        $body = [
            'event' => $row['event'],
            'event_id' => $row['uid'],
            'occurred_at' => gmdate('Y-m-d\TH:i:s\Z', (int)$row['created_at']),
            'store_id' => (int)$row['store_id'],
            'store_code' => $this->storeCode((int)$row['store_id']),
            'entity' => [
                'type' => $row['entity_type'],
                'id' => (int)$row['entity_id'],
                'increment_id' => $row['increment_id'] === '' ? null : (string)$row['increment_id'],
            ],
        ];
        if ((int)$row['order_id'] > 0) {
            $body['order_id'] = (int)$row['order_id'];
        }
        $flags = JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE;
        return (string)json_encode($body, $flags);
    }

    private function storeCode(int $storeId): string
    {
        try {
            return (string)$this->storeManager->getStore($storeId)->getCode();
        } catch (Throwable) {
            return ''; // the store view was deleted meanwhile
        }
    }
}
