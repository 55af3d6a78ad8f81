"""Maps the tokens of Pulumi's AWS package to resource types and data sources of the Terraform provider.

The names follow rules, with the prefixes and exceptions below. A token without an exact match is refused, because the
nearest name could be another resource.
"""

from collections.abc import Container, Iterator

from offline.aws.translation.package import PACKAGE, UnsupportedError, snake, split_token

_PREFIXES = {
    "amp": ("prometheus",),
    "apigateway": ("api_gateway",),
    "bcmdata": ("bcmdataexports",),
    "bedrockfoundation": ("bedrock_foundation",),
    "bedrockmodel": ("bedrock_model",),
    "cfg": ("config",),
    "cloudcontrol": ("cloudcontrolapi",),
    "cloudhsmv2": ("cloudhsm_v2",),
    "costexplorer": ("ce",),
    "directconnect": ("dx",),
    "directoryservice": ("directory_service",),
    "ec2": ("", "ec2"),
    "ec2clientvpn": ("ec2_client_vpn",),
    "ec2transitgateway": ("ec2_transit_gateway", "ec2"),
    "elasticbeanstalk": ("elastic_beanstalk",),
    "elb": ("elb", ""),
    "index": ("",),
    "macie": ("macie2",),
    "mediaconvert": ("media_convert",),
    "mediapackage": ("media_package",),
    "mediapackagev2": ("media_packagev2",),
    "mediastore": ("media_store",),
    "opensearchingest": ("osis",),
    "rds": ("rds", "db"),
    "resourceexplorer": ("resourceexplorer2",),
    "route53recoverycontrol": ("route53recoverycontrolconfig",),
    "s3": ("s3", "s3_bucket"),
    "serverlessrepository": ("serverlessapplicationrepository",),
    "servicediscovery": ("service_discovery",),
}
"""Pulumi modules whose Terraform prefix differs from their name, or that have several: the first existing type counts."""

_RESOURCES = {
    "aws:account/alternativeContact:AlternativeContact": "aws_account_alternate_contact",
    "aws:alb/loadBalancer:LoadBalancer": "aws_alb",
    "aws:apigateway/response:Response": "aws_api_gateway_gateway_response",
    "aws:appconfig/eventIntegration:EventIntegration": "aws_appintegrations_event_integration",
    "aws:appsync/dataSource:DataSource": "aws_appsync_datasource",
    "aws:appsync/graphQLApi:GraphQLApi": "aws_appsync_graphql_api",
    "aws:autoscaling/tag:Tag": "aws_autoscaling_group_tag",
    "aws:cfg/recorder:Recorder": "aws_config_configuration_recorder",
    "aws:cfg/recorderStatus:RecorderStatus": "aws_config_configuration_recorder_status",
    "aws:cfg/rule:Rule": "aws_config_config_rule",
    "aws:cloudformation/cloudFormationType:CloudFormationType": "aws_cloudformation_type",
    "aws:cloudtrail/trail:Trail": "aws_cloudtrail",
    "aws:cloudwatch/internetMonitor:InternetMonitor": "aws_internetmonitor_monitor",
    "aws:codeartifact/domainPermissions:DomainPermissions": "aws_codeartifact_domain_permissions_policy",
    "aws:codedeploy/application:Application": "aws_codedeploy_app",
    "aws:codepipeline/pipeline:Pipeline": "aws_codepipeline",
    "aws:cognito/identityPoolRoleAttachment:IdentityPoolRoleAttachment": "aws_cognito_identity_pool_roles_attachment",
    "aws:controltower/controlTowerControl:ControlTowerControl": "aws_controltower_control",
    "aws:datasync/efsLocation:EfsLocation": "aws_datasync_location_efs",
    "aws:datasync/fsxOpenZfsFileSystem:FsxOpenZfsFileSystem": "aws_datasync_location_fsx_openzfs_file_system",
    "aws:datasync/locationFsxLustre:LocationFsxLustre": "aws_datasync_location_fsx_lustre_file_system",
    "aws:datasync/locationFsxWindows:LocationFsxWindows": "aws_datasync_location_fsx_windows_file_system",
    "aws:datasync/nfsLocation:NfsLocation": "aws_datasync_location_nfs",
    "aws:datasync/s3Location:S3Location": "aws_datasync_location_s3",
    "aws:directconnect/hostedTransitVirtualInterfaceAcceptor:HostedTransitVirtualInterfaceAcceptor": "aws_dx_hosted_transit_virtual_interface_accepter",
    "aws:directconnect/linkAggregationGroup:LinkAggregationGroup": "aws_dx_lag",
    "aws:directoryservice/serviceRegion:ServiceRegion": "aws_directory_service_region",
    "aws:docdb/elasticCluster:ElasticCluster": "aws_docdbelastic_cluster",
    "aws:ec2/dedicatedHost:DedicatedHost": "aws_ec2_host",
    "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment": "aws_network_interface_sg_attachment",
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions": "aws_vpc_peering_connection_options",
    "aws:ec2/securityGroupAssociation:SecurityGroupAssociation": "aws_vpc_endpoint_security_group_association",
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": "aws_vpc_endpoint_service_allowed_principal",
    "aws:ec2transitgateway/transitGateway:TransitGateway": "aws_ec2_transit_gateway",
    "aws:elb/listenerPolicy:ListenerPolicy": "aws_load_balancer_listener_policy",
    "aws:elb/loadBalancer:LoadBalancer": "aws_elb",
    "aws:elb/loadBalancerCookieStickinessPolicy:LoadBalancerCookieStickinessPolicy": "aws_lb_cookie_stickiness_policy",
    "aws:elb/sslNegotiationPolicy:SslNegotiationPolicy": "aws_lb_ssl_negotiation_policy",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": "aws_fsx_openzfs_file_system",
    "aws:fsx/openZfsSnapshot:OpenZfsSnapshot": "aws_fsx_openzfs_snapshot",
    "aws:fsx/openZfsVolume:OpenZfsVolume": "aws_fsx_openzfs_volume",
    "aws:guardduty/iPSet:IPSet": "aws_guardduty_ipset",
    "aws:guardduty/threatIntelSet:ThreatIntelSet": "aws_guardduty_threatintelset",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "aws_iam_openid_connect_provider",
    "aws:iam/sshKey:SshKey": "aws_iam_user_ssh_key",
    "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
    "aws:licensemanager/licenseGrant:LicenseGrant": "aws_licensemanager_grant",
    "aws:licensemanager/licenseGrantAccepter:LicenseGrantAccepter": "aws_licensemanager_grant_accepter",
    "aws:location/routeCalculation:RouteCalculation": "aws_location_route_calculator",
    "aws:rds/instanceDesiredState:InstanceDesiredState": "aws_rds_instance_state",
    "aws:rds/roleAssociation:RoleAssociation": "aws_db_instance_role_association",
    "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec": "aws_route53_hosted_zone_dnssec",
    "aws:route53/resolverDnsSecConfig:ResolverDnsSecConfig": "aws_route53_resolver_dnssec_config",
    "aws:s3/bucketObjectv2:BucketObjectv2": "aws_s3_object",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": "aws_s3_bucket_replication_configuration",
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": "aws_serverlessapplicationrepository_cloudformation_stack",
    "aws:ses/mailFrom:MailFrom": "aws_ses_domain_mail_from",
    "aws:sns/dataProtectionPolicy:DataProtectionPolicy": "aws_sns_topic_data_protection_policy",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": "aws_sqs_queue_redrive_allow_policy",
    "aws:sqs/redrivePolicy:RedrivePolicy": "aws_sqs_queue_redrive_policy",
    "aws:storagegateway/cachesIscsiVolume:CachesIscsiVolume": "aws_storagegateway_cached_iscsi_volume",
    "aws:waf/ipSet:IpSet": "aws_waf_ipset",
    "aws:wafregional/ipSet:IpSet": "aws_wafregional_ipset",
}
_FUNCTIONS = {
    "aws:alb/getLoadBalancer:getLoadBalancer": "aws_alb",
    "aws:apigateway/getKey:getKey": "aws_api_gateway_api_key",
    "aws:autoscaling/getAmiIds:getAmiIds": "aws_autoscaling_groups",
    "aws:cloudformation/getCloudFormationType:getCloudFormationType": "aws_cloudformation_type",
    "aws:ec2/getDedicatedHost:getDedicatedHost": "aws_ec2_host",
    "aws:ec2/getElasticIp:getElasticIp": "aws_eip",
    "aws:ec2/getIpamPreviewNextCidr:getIpamPreviewNextCidr": "aws_vpc_ipam_preview_next_cidr",
    "aws:ec2transitgateway/getDirectConnectGatewayAttachment:getDirectConnectGatewayAttachment": "aws_ec2_transit_gateway_dx_gateway_attachment",
    "aws:ec2transitgateway/getTransitGateway:getTransitGateway": "aws_ec2_transit_gateway",
    "aws:elb/getLoadBalancer:getLoadBalancer": "aws_elb",
    "aws:fsx/getOpenZfsSnapshot:getOpenZfsSnapshot": "aws_fsx_openzfs_snapshot",
    "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider": "aws_iam_openid_connect_provider",
    "aws:kms/getCipherText:getCipherText": "aws_kms_ciphertext",
    "aws:lb/getLbs:getLbs": "aws_lbs",
    "aws:lb/getLoadBalancer:getLoadBalancer": "aws_lb",
    "aws:licensemanager/getLicenseGrants:getLicenseGrants": "aws_licensemanager_grants",
    "aws:mq/getInstanceTypeOfferings:getInstanceTypeOfferings": "aws_mq_broker_instance_type_offerings",
    "aws:route53/getQueryLogConfig:getQueryLogConfig": "aws_route53_resolver_query_log_config",
    "aws:s3/getCanonicalUserId:getCanonicalUserId": "aws_canonical_user_id",
    "aws:wafregional/getRateBasedMod:getRateBasedMod": "aws_wafregional_rate_based_rule",
}


def resource_type(token: str, existing: Container[str], version: str) -> str:
    """Return the Terraform type of a resource token.

    Parameters
    ----------
    existing
        The provider's types.
    version
        The provider's version, for the error message.

    Raises
    ------
    UnsupportedError
        The provider has no type that is certain to be the same.
    """
    return _resolve("resource type", token, _RESOURCES.get(token), existing, version)


def data_source(token: str, existing: Container[str], version: str) -> str:
    """Return the Terraform data source of a function token; parameters and errors are those of `resource_type`."""
    return _resolve("function", token, _FUNCTIONS.get(token), existing, version)


def _resolve(kind: str, token: str, exception: str | None, existing: Container[str], version: str) -> str:
    candidates = [exception] if exception is not None else _candidates(token)
    match = next((candidate for candidate in candidates if candidate in existing), None)
    if match is None:
        raise UnsupportedError(
            f"{kind} {token} has no certain counterpart in the Terraform AWS provider {version}, "
            f"which is older than the installed {PACKAGE}"
        )
    return match


def _candidates(token: str) -> Iterator[str]:
    """Yield the Terraform names that a token may have, the most likely first."""
    module, name = split_token(token)
    base = snake(name).removeprefix("get_")
    if module == "s3":
        base = base.removesuffix("_v2")  # an older name of the same resource; elsewhere V2 is another resource
    for prefix in _PREFIXES.get(module, (module,)):
        yield f"aws_{prefix}_{base}" if prefix else f"aws_{base}"
    yield f"aws_{module}{base}"  # services that Pulumi puts into another module: route53/profilesProfile
    if base.startswith(f"{module}_"):
        yield f"aws_{base}"  # quicksight/getQuicksightUser
