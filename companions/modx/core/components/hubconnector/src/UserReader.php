<?php

namespace HubConnector;

/**
 * Users of MODX: the customers of miniShop2.
 */
final class UserReader
{
    /** @var Sql */
    private $sql;

    public function __construct(Sql $sql)
    {
        $this->sql = $sql;
    }

    /** @return array[] see ShopAdapter::customers(), managers among them, with is_manager */
    public function people(array $ids): array
    {
        $ids = array_values(array_unique(array_filter($ids)));
        $rows = $this->sql->rows(
            'SELECT u.*, a.*, u.id AS user_id FROM {users} u LEFT JOIN {user_attributes} a ON a.internalKey = u.id'
            . ' WHERE u.id IN {in} ORDER BY u.id',
            [],
            $ids
        );
        $managing = array_column(
            $this->sql->rows("SELECT DISTINCT principal FROM {access_context} WHERE target = 'mgr' AND principal > 0"),
            'principal',
            'principal'
        );
        $groups = [];
        $managers = [];
        $members = $this->sql->rows(
            'SELECT m.member, m.user_group, g.name FROM {member_groups} m'
            . ' LEFT JOIN {membergroup_names} g ON g.id = m.user_group WHERE m.member IN {in} ORDER BY m.id',
            [],
            $ids
        );
        foreach ($members as $row) {
            $groups[(int) $row['member']][] = (string) $row['name'];
            if (isset($managing[$row['user_group']])) {
                $managers[(int) $row['member']] = true;
            }
        }
        return array_map(function (array $row) use ($groups, $managers): array {
            $id = (int) $row['user_id'];
            return self::person($row) + [
                'id' => $id,
                'groups' => isset($groups[$id]) ? $groups[$id] : [],
                'is_manager' => !empty($row['sudo']) || isset($managers[$id]),
            ];
        }, $rows);
    }

    /** @return array[] people() without the shop's staff */
    public function customers(array $ids): array
    {
        return array_values(array_filter($this->people($ids), function (array $person): bool {
            return !$person['is_manager'];
        }));
    }

    /** @return int[] see ShopAdapter::customerIds() */
    public function ids(array $filter): array
    {
        $where = ['id > ?'];
        $params = [$filter['after_id']];
        foreach (['created_from' => '>=', 'created_to' => '<'] as $key => $compare) {
            if (isset($filter[$key])) {
                $where[] = "createdon $compare ?";
                $params[] = $filter[$key];
            }
        }
        $query = 'SELECT id FROM {users} WHERE ' . implode(' AND ', $where) . " ORDER BY id LIMIT {$filter['limit']}";
        return array_map('intval', array_column($this->sql->rows($query, $params), 'id'));
    }

    private static function person(array $row): array
    {
        $value = function (string $key) use ($row): string {
            return isset($row[$key]) ? Format::text($row[$key]) : '';
        };
        return [
            'username' => $value('username'),
            'email' => $value('email'),
            'phone' => $value('phone'),
            'mobile_phone' => $value('mobilephone'),
            'full_name' => $value('fullname'),
            'birthday' => $value('dob'),
            'gender' => $value('gender'),
            'created_at' => $value('createdon'),
            'active' => $value('active'),
            'blocked' => $value('blocked'),
            'extended' => $value('extended'),
            'address' => [
                'country' => $value('country'), 'index' => $value('zip'), 'region' => $value('state'),
                'city' => $value('city'), 'text_address' => $value('address'),
            ],
        ];
    }
}
