<?php

namespace HubConnector;

/**
 * The commands that change an order: each is carried out once per change_id, by the engine's own rules.
 */
final class OrderChange
{
    /** What the column `num` holds. */
    private const MAX_NUMBER = 20;

    /** @var ShopAdapter */
    private $shop;

    /** @var Memory */
    private $memory;

    /** @var Changes */
    private $changes;

    public function __construct(ShopAdapter $shop, Memory $memory, Changes $changes)
    {
        $this->shop = $shop;
        $this->memory = $memory;
        $this->changes = $changes;
    }

    /**
     * order.set_status
     *
     * @throws Refusal not_found, conflict, inactive, refused
     */
    public function set(array $command, int $now): array
    {
        $orderId = self::number($command, 'id');
        $statusId = self::number($command, 'status');
        $changeId = self::changeId($command);
        $known = $this->memory->resultOf($changeId);
        if ($known !== null) {
            return $known;
        }
        $status = $this->status($orderId);
        if ($status['id'] === $statusId) {
            return $this->keep($changeId, 'unchanged', $status, $now);
        }
        if (isset($command['expected_status']) && self::number($command, 'expected_status') !== $status['id']) {
            throw new Refusal(409, 'conflict', 'The order has another status by now.', ['status' => $status]);
        }
        return $this->change($orderId, $statusId, $changeId, !empty($command['silent']), $now);
    }

    /** order.set_paid: nothing to do when the order is paid, or was and has gone on since. */
    public function setPaid(array $command, int $now): array
    {
        $orderId = self::number($command, 'id');
        $changeId = self::changeId($command);
        $known = $this->memory->resultOf($changeId);
        if ($known !== null) {
            return $known;
        }
        $status = $this->status($orderId);
        if ($this->shop->isPaid($orderId)) {
            return $this->keep($changeId, 'unchanged', $status, $now);
        }
        return $this->change($orderId, $this->shop->paidStatus(), $changeId, !empty($command['silent']), $now);
    }

    /** order.set_number: the number that the order has in the CRM. */
    public function setNumber(array $command, int $now): array
    {
        $orderId = self::number($command, 'id');
        $changeId = self::changeId($command);
        $number = isset($command['number']) ? $command['number'] : null;
        if (!is_string($number) || trim($number) === '' || strlen($number) > 100) {
            throw new Refusal(400, 'bad_request', '“number” must be a text of 1 to 100 characters.');
        }
        $isRewrite = !empty($command['rewrite']);
        if ($isRewrite && mb_strlen($number) > self::MAX_NUMBER) {
            throw new Refusal(422, 'refused', 'The shop keeps order numbers of 20 characters at most.');
        }
        $known = $this->memory->resultOf($changeId);
        if ($known !== null) {
            return $known;
        }
        $this->status($orderId);
        $answer = ['result' => $this->shop->setNumber($orderId, $number, $isRewrite) ? 'changed' : 'unchanged'];
        $this->memory->keepResult($changeId, $answer, $now);
        return $answer;
    }

    private function change(int $orderId, int $statusId, string $changeId, bool $isSilent, int $now): array
    {
        if ($statusId === $this->shop->draftStatus() || !$this->shop->hasStatus($statusId)) {
            throw new Refusal(422, 'inactive', "The shop has no active status $statusId.");
        }
        $before = $this->status($orderId);
        $this->changes->because($orderId, $changeId);
        $refusal = $this->shop->changeStatus($orderId, $statusId, $isSilent);
        $status = $this->status($orderId);
        // Only the state counts: a plug-in that complains after the engine has saved does not undo the change, and one
        // that moves the order on at once has had its way.
        if ($status['id'] !== $statusId && ($refusal !== '' || $status['id'] === $before['id'])) {
            throw new Refusal(422, 'refused', $refusal ?: 'The shop kept the old status.', ['status' => $status]);
        }
        return $this->keep($changeId, 'changed', $status, $now);
    }

    private function keep(string $changeId, string $result, array $status, int $now): array
    {
        $answer = ['result' => $result, 'status' => $status];
        $this->memory->keepResult($changeId, $answer, $now);
        return $answer;
    }

    private function status(int $orderId): array
    {
        $status = $this->shop->statusOf($orderId);
        if ($status === null || $status['id'] === $this->shop->draftStatus()) {
            throw new Refusal(404, 'not_found', "The shop has no order with the id $orderId.");
        }
        return $status;
    }

    private static function changeId(array $command): string
    {
        $changeId = isset($command['change_id']) ? $command['change_id'] : null;
        if (!is_string($changeId) || !preg_match('/\A[\x21-\x7e]{1,100}\z/', $changeId)) {
            throw new Refusal(400, 'bad_request', '“change_id” must be 1 to 100 visible ASCII characters.');
        }
        return $changeId;
    }

    private static function number(array $command, string $key): int
    {
        $value = isset($command[$key]) ? $command[$key] : null;
        if (is_int($value) || (is_string($value) && ctype_digit($value))) {
            return (int) $value;
        }
        throw new Refusal(400, 'bad_request', "“{$key}” must be a whole number.");
    }
}
