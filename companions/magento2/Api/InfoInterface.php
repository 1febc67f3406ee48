<?php

declare(strict_types=1);

namespace Hub\Connector\Api;

/**
 * What the REST API of the shop does not tell by itself.
 *
 * @api
 */
interface InfoInterface
{
    /**
     * A list of one object, because Magento's REST drops the keys of plain arrays on the first level.
     *
     * @return mixed[]
     */
    public function getInfo();
}
