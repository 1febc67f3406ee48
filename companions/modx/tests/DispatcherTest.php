<?php

namespace HubConnectorTests;

use HubConnector\Gate;
use HubConnector\Request;
use HubConnector\Signer;
use PHPUnit\Framework\TestCase;

final class DispatcherTest extends TestCase
{
    /** @var World */
    private $world;

    protected function setUp(): void
    {
        $this->world = new World();
        $this->world->shop->addOrder(15);
    }

    private function assertRefused(int $status, string $code, $response): void
    {
        $error = isset($response->body['error']) ? $response->body['error'] : ['code' => ''];
        self::assertSame([$status, false, $code], [$response->status, $response->body['ok'], $error['code']]);
    }

    public function testPingSaysWhoAnswers(): void
    {
        $response = $this->world->command(['action' => 'ping']);

        self::assertSame(200, $response->status);
        $body = $response->body;
        self::assertTrue($body['ok']);
        self::assertSame('2026-01-15T13:00:00.250+03:00', $body['time']);
        self::assertSame(['minishop2', '4.4.2-pl'], [$body['engine'], $body['engine_version']]);
        self::assertSame(['pending' => 0, 'oldest' => null, 'failed' => 0], $body['outbox']);
        self::assertSame(['RUB', 'kg', 1], [$body['currency'], $body['weight_unit'], $body['protocol']]);
        self::assertContains('order.set_status', $body['actions']);
    }

    // --- Who may call ------------------------------------------------------------------------------------------------

    public function testARepeatedCallIsRefusedForTenMinutes(): void
    {
        $request = $this->world->signed('{"action":"ping"}', ['at' => 1768471200 + 299]);

        self::assertSame(200, $this->world->send($request)->status);
        $this->assertRefused(425, 'replay', $this->world->send($request));
        $this->world->clock->wait(598);
        $this->assertRefused(425, 'replay', $this->world->send($request));
        $this->world->clock->wait(2);
        $this->assertRefused(401, 'clock', $this->world->send($request));
    }

    public function testAStrangerIsRefusedAndNothingHappens(): void
    {
        $body = '{"action":"order.set_status","id":15,"status":2,"change_id":"c"}';
        $stranger = 'whsec_' . base64_encode(str_repeat('x', 32));

        $this->assertRefused(
            401,
            'bad_signature',
            $this->world->send($this->world->signed($body, ['secret' => $stranger]))
        );
        self::assertSame([], $this->world->shop->changes);
    }

    public function testAStrangerDoesNotUseUpAnId(): void
    {
        $stranger = 'whsec_' . base64_encode(str_repeat('x', 32));
        $this->world->send($this->world->signed('{"action":"ping"}', ['secret' => $stranger, 'id' => 'one']));

        $response = $this->world->send($this->world->signed('{"action":"ping"}', ['id' => 'one']));

        self::assertSame(200, $response->status);
    }

    public function testAWrongClockIsNamed(): void
    {
        $response = $this->world->send($this->world->signed('{"action":"ping"}', ['at' => 1768471200 - 301]));

        $this->assertRefused(401, 'clock', $response);
        self::assertSame('2026-01-15T10:00:00Z', $response->body['error']['time']);
    }

    public function testWithoutASecretEveryCallIsRefused(): void
    {
        $request = $this->world->signed('{"action":"ping"}');
        foreach ([[], ['short']] as $secrets) {
            $this->world->settings->secrets = $secrets;
            $this->assertRefused(401, 'bad_signature', $this->world->send($request));
        }
    }

    public function testOnlyPostOverHttpsIsTaken(): void
    {
        $request = $this->world->signed('{"action":"ping"}');
        $request->method = 'GET';
        $this->assertRefused(405, 'method', $this->world->send($request));

        $request->method = 'POST';
        $request->isHttps = false;
        $this->assertRefused(403, 'https', $this->world->send($request));

        $this->world->settings->allowsHttp = true;
        self::assertSame(200, $this->world->send($request)->status);
    }

    public function testOnlyAddressesOfTheListAreLetIn(): void
    {
        $this->world->settings->allowedIps = ['198.51.100.1', '203.0.113.0/29'];
        $request = $this->world->signed('{"action":"ping"}');
        $request->ip = '203.0.113.8';
        $this->assertRefused(403, 'ip', $this->world->send($request));

        $request->ip = '203.0.113.7';
        self::assertSame(200, $this->world->send($request)->status);
    }

    /** @dataProvider networks */
    public function testANetworkHoldsAnAddress(string $network, string $ip, bool $holds): void
    {
        self::assertSame($holds, Gate::contains($network, $ip));
    }

    public static function networks(): array
    {
        return [
            ['10.0.0.1', '10.0.0.1', true], ['10.0.0.1', '10.0.0.2', false], ['0.0.0.0/0', '10.0.0.2', true],
            ['10.0.0.0/9', '10.127.255.255', true], ['10.0.0.0/9', '10.128.0.0', false],
            ['2001:db8::/33', '2001:db8:7fff::1', true], ['2001:db8::/33', '2001:db8:8000::1', false],
            ['10.0.0.0/8', '::1', false], ['10.0.0.0/33', '10.0.0.0', false], ['10.0.0.0/', '10.0.0.0', false],
            ['nonsense', '10.0.0.0', false], ['10.0.0.1', '', false],
        ];
    }

    public function testTooMuchIsRefused(): void
    {
        $request = $this->world->signed(str_repeat(' ', Request::MAX_BYTES + 1));

        $this->assertRefused(413, 'too_large', $this->world->send($request));
    }

    /** @dataProvider malformed */
    public function testACommandOfTheWrongFormIsRefused(string $body): void
    {
        $this->assertRefused(400, 'bad_request', $this->world->send($this->world->signed($body)));
    }

    public static function malformed(): array
    {
        return array_map(function (string $body): array {
            return [$body];
        }, [
            '', 'null', '[]', '"ping"', '{"action":5}', '{"action":"order.get","ids":15}',
            '{"action":"order.get","ids":[[15]]}', '{"action":"order.list","limit":"many"}',
            '{"action":"order.list","updated_since":"whenever"}', '{"action":"order.list","after_id":"-"}',
            '{"action":"order.set_status","id":15,"status":2}',
            '{"action":"order.set_status","id":"x","change_id":"c"}',
            '{"action":"order.get","ids":[' . implode(',', range(1, 101)) . ']}',
        ]);
    }

    public function testAnUnknownActionIsNamed(): void
    {
        $response = $this->world->command(['action' => 'order.dance']);

        $this->assertRefused(404, 'unknown_action', $response);
        self::assertStringContainsString('order.dance', $response->body['error']['message']);
    }

    public function testTheRequestIsReadFromTheServersVariables(): void
    {
        $request = Request::fromServer([
            'REQUEST_METHOD' => 'POST', 'REMOTE_ADDR' => '203.0.113.7', 'HTTP_WEBHOOK_ID' => 'c-1',
            'HTTP_WEBHOOK_TIMESTAMP' => '5', 'HTTP_X_FORWARDED_PROTO' => 'https', 'HTTPS' => 'off',
        ], '{}');

        self::assertTrue($request->isHttps);
        self::assertSame(
            ['webhook-id' => 'c-1', 'webhook-timestamp' => '5', 'webhook-signature' => ''],
            $request->headers
        );
        self::assertFalse(Request::fromServer(['HTTPS' => 'off', 'SERVER_PORT' => '80'], '')->isHttps);
        self::assertTrue(Request::fromServer(['HTTPS' => 'on'], '')->isHttps);
    }

    // --- Reading -----------------------------------------------------------------------------------------------------

    public function testOrdersAreReadByIdAndByNumber(): void
    {
        $byId = $this->world->command(['action' => 'order.get', 'ids' => [15, '99']])->body['orders'];
        $byNumber = $this->world->command(['action' => 'order.get', 'numbers' => ['2601/15', 'x']])->body['orders'];

        self::assertSame([15], array_column($byId, 'id'));
        self::assertSame('TS-137-RM', $byId[0]['items'][0]['sku']);
        self::assertEquals($byId, $byNumber);
    }

    public function testOrdersAreListedPageByPage(): void
    {
        $this->world->shop->addOrder(16);
        $this->world->shop->addOrder(17);

        $first = $this->world->command(['action' => 'order.list', 'after_id' => 0, 'limit' => 2])->body;
        $after = $first['next_after_id'];
        $second = $this->world->command(['action' => 'order.list', 'after_id' => $after, 'limit' => 2]);

        self::assertSame([15, 16], array_column($first['orders'], 'id'));
        self::assertSame(16, $first['next_after_id']);
        self::assertSame([17], array_column($second->body['orders'], 'id'));
        self::assertNull($second->body['next_after_id']);
    }

    public function testAListHasAHundredAtMost(): void
    {
        foreach (range(16, 120) as $id) {
            $this->world->shop->addOrder($id);
        }

        $body = $this->world->command(['action' => 'order.list', 'limit' => 100000])->body;

        self::assertCount(100, $body['orders']);
        self::assertSame(114, $body['next_after_id']);
    }

    public function testCustomersProductsCategoriesAndDictionariesAreRead(): void
    {
        $this->world->shop->customers[77] = ['id' => 77, 'email' => 'ann@example.com'];
        $this->world->shop->products[137] = [
            'id' => 137, 'pagetitle' => 'T-shirt', 'images' => [], 'category_ids' => [12],
            'category_names' => ['Clothes'], 'options' => [], 'modifications' => [],
        ];

        $read = function (string $action, array $more = []): array {
            return $this->world->command(['action' => $action] + $more)->body;
        };

        self::assertSame('ann@example.com', $read('customer.get', ['ids' => [77]])['customers'][0]['email']);
        self::assertSame([77], array_column($read('customer.list')['customers'], 'id'));
        self::assertSame('T-shirt', $read('product.get', ['ids' => [137]])['products'][0]['name']);
        self::assertNull($read('product.list')['next_after_id']);
        self::assertSame('Clothes', $read('category.list')['categories'][0]['name']);
        self::assertSame('PayPal', $read('dictionaries')['payments'][0]['class']);
    }

    public function testTheHubCanHaveTheOutboxSentAgain(): void
    {
        $this->world->changes->note('order.created', 15);
        $this->world->record();

        self::assertSame(1, $this->world->command(['action' => 'outbox.retry'])->body['retried']);
        self::assertSame(0, $this->world->command(['action' => 'outbox.retry', 'ids' => ['x']])->body['retried']);
    }

    // --- Changing ----------------------------------------------------------------------------------------------------

    private function setStatus(int $status, string $changeId, array $more = [])
    {
        return $this->world->command(
            ['action' => 'order.set_status', 'id' => 15, 'status' => $status, 'change_id' => $changeId] + $more
        );
    }

    public function testAStatusIsChangedByTheEngine(): void
    {
        $response = $this->setStatus(2, 'change-1', ['expected_status' => 1, 'silent' => true]);

        self::assertSame(200, $response->status);
        self::assertSame('changed', $response->body['result']);
        self::assertSame(['id' => 2, 'name' => 'Paid'], $response->body['status']);
        self::assertSame([[15, 2, true]], $this->world->shop->changes);
    }

    public function testTheEventThatFollowsBearsTheCause(): void
    {
        $this->world->shop->onChange = function (int $id): void {
            $this->world->changes->note('order.status', $id);
            $this->world->changes->note('order.status', 99);
        };
        $this->world->shop->addOrder(99);

        $this->setStatus(2, 'change-1');
        $this->world->record();
        $this->world->flush();

        $causes = [];
        foreach ($this->world->hub->calls as $call) {
            $body = json_decode($call['body'], true);
            $causes[$body['order']['id']] = $body['cause'];
        }
        self::assertSame([15 => 'change-1', 99 => null], $causes);
    }

    public function testAChangeThatWasSeenIsAnsweredAndNotRepeated(): void
    {
        $first = $this->setStatus(2, 'change-1')->body;
        $this->world->shop->addOrder(15, 1);

        $second = $this->setStatus(2, 'change-1')->body;

        self::assertSame($first['result'], $second['result']);
        self::assertSame($first['status'], $second['status']);
        self::assertCount(1, $this->world->shop->changes);
    }

    public function testTheStatusThatTheOrderHasIsLeftAlone(): void
    {
        $response = $this->setStatus(1, 'change-1', ['expected_status' => 2]);

        self::assertSame('unchanged', $response->body['result']);
        self::assertSame([], $this->world->shop->changes);
    }

    public function testAnOrderThatHasMovedOnIsAConflict(): void
    {
        $response = $this->setStatus(3, 'change-1', ['expected_status' => 2]);

        $this->assertRefused(409, 'conflict', $response);
        self::assertSame(['id' => 1, 'name' => 'New'], $response->body['error']['status']);
        self::assertSame([], $this->world->shop->changes);
    }

    public function testARefusalOfTheEngineIsPassedOnInItsWordsAndWorkedOutAnewNextTime(): void
    {
        $this->world->shop->addOrder(15, 3);

        $response = $this->setStatus(2, 'change-1');
        $this->assertRefused(422, 'refused', $response);
        self::assertSame('The status is final.', $response->body['error']['message']);

        $this->world->shop->addOrder(15, 1);
        self::assertSame('changed', $this->setStatus(2, 'change-1')->body['result']);
    }

    public function testAPluginThatComplainsAfterTheChangeDoesNotMakeItARefusal(): void
    {
        $this->world->shop->onChange = function (): string {
            return 'some other plug-in says no';
        };

        self::assertSame('changed', $this->setStatus(2, 'change-1')->body['result']);
    }

    public function testAShopThatMovesTheOrderOnByItselfHasChangedIt(): void
    {
        $this->world->shop->onChange = function (int $id): string {
            $this->world->shop->addOrder($id, 3);
            return '';
        };

        $body = $this->setStatus(2, 'change-1')->body;

        self::assertSame(['changed', 3], [$body['result'], $body['status']['id']]);
    }

    public function testAShopThatKeepsTheOldStatusWithoutAWordHasRefused(): void
    {
        $this->world->shop->onChange = function (int $id): string {
            $this->world->shop->addOrder($id, 1);
            return '';
        };

        $this->assertRefused(422, 'refused', $this->setStatus(2, 'change-1'));
    }

    public function testAnUnknownOrderAndAStatusThatIsSwitchedOffAreToldApart(): void
    {
        $unknown = ['action' => 'order.set_status', 'id' => 99, 'status' => 2, 'change_id' => 'c'];
        $this->assertRefused(404, 'not_found', $this->world->command($unknown));
        foreach ([7, 8, 999] as $status) {
            $this->assertRefused(422, 'inactive', $this->setStatus($status, "change-$status"));
        }
        self::assertSame([], $this->world->shop->changes);
    }

    public function testAnOrderIsSetPaidOnce(): void
    {
        $command = ['action' => 'order.set_paid', 'id' => 15, 'change_id' => 'pay-1'];
        $paid = $this->world->command($command)->body;
        $again = $this->world->command(['change_id' => 'pay-2'] + $command)->body;

        self::assertSame(['changed', 2], [$paid['result'], $paid['status']['id']]);
        self::assertSame('unchanged', $again['result']);
        self::assertSame([[15, 2, false]], $this->world->shop->changes);
    }

    public function testAnOrderThatWasPaidAndSentStaysAsItIs(): void
    {
        $this->world->shop->addOrder(15, 3, ['is_paid' => true]);

        $body = $this->world->command(['action' => 'order.set_paid', 'id' => 15, 'change_id' => 'pay-1'])->body;

        self::assertSame(['unchanged', 3], [$body['result'], $body['status']['id']]);
        self::assertSame([], $this->world->shop->changes);
    }

    public function testTheNumberInTheCrmIsKept(): void
    {
        $command = ['action' => 'order.set_number', 'id' => 15, 'number' => '1015A', 'change_id' => 'n-1'];

        self::assertSame('changed', $this->world->command($command)->body['result']);
        self::assertSame('changed', $this->world->command($command)->body['result'], 'the stored answer');
        self::assertSame('unchanged', $this->world->command(['change_id' => 'n-2'] + $command)->body['result']);
        self::assertSame([15 => ['1015A', false]], $this->world->shop->numbers);

        $tooLong = ['number' => str_repeat('9', 21), 'change_id' => 'n-3'] + $command;
        $this->assertRefused(422, 'refused', $this->world->command($tooLong + ['rewrite' => true]));
        $this->assertRefused(400, 'bad_request', $this->world->command(['number' => ''] + $command));
        $this->assertRefused(404, 'not_found', $this->world->command(['id' => 99, 'change_id' => 'n-4'] + $command));
    }

    public function testACommandSignedWithThePreviousSecretIsTaken(): void
    {
        $previous = 'whsec_dGhpcyBvbmUgd2FzIHNoYXJlZCBiZWZvcmUgdGhhdC4=';
        $this->world->settings->secrets = [World::SECRET, $previous];

        $response = $this->world->send($this->world->signed('{"action":"ping"}', ['secret' => $previous]));

        self::assertSame(200, $response->status);
    }
}
