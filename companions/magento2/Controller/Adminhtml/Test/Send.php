<?php

declare(strict_types=1);

namespace Hub\Connector\Controller\Adminhtml\Test;

use Hub\Connector\Model\Sender;
use Magento\Backend\App\Action;
use Magento\Backend\App\Action\Context;
use Magento\Framework\App\Action\HttpPostActionInterface;
use Magento\Framework\Controller\Result\JsonFactory;
use Magento\Store\Model\StoreManagerInterface;
use Throwable;

/**
 * The button "Send Test Event" of the configuration page.
 */
class Send extends Action implements HttpPostActionInterface
{
    public const ADMIN_RESOURCE = 'Hub_Connector::config';

    public function __construct(
        Context $context,
        private readonly Sender $sender,
        private readonly JsonFactory $jsonFactory,
        private readonly StoreManagerInterface $storeManager
    ) {
        parent::__construct($context);
    }

    /**
     * @inheritDoc
     */
    public function execute()
    {
        try {
            $problem = $this->sender->test($this->storeId());
        } catch (Throwable $fault) {
            $problem = get_class($fault);
        }
        $message = $problem === ''
            ? __('The hub has answered: address, secret and clock are right.')
            : __('The test failed: %1', $problem);
        return $this->jsonFactory->create()->setData(['success' => $problem === '', 'message' => $message]);
    }

    /** Of the scope that the configuration page shows. */
    private function storeId(): int
    {
        $store = (string)$this->getRequest()->getParam('store');
        $website = (string)$this->getRequest()->getParam('website');
        if ($store !== '') {
            return (int)$this->storeManager->getStore($store)->getId();
        }
        if ($website !== '') {
            return (int)$this->storeManager->getWebsite($website)->getDefaultStore()->getId();
        }
        return (int)$this->storeManager->getDefaultStoreView()->getId();
    }
}
